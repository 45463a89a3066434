"""Reports: numbers of a period as a file, asked for or on a schedule, made by a worker, gone after a week (C6.70)."""
