"""Nobody reaches what is somebody else's (ACC-1 to ACC-3, DSP-4)."""
