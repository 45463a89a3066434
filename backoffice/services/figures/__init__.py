"""Figures: what happened each day, summed ahead by a job, read by dashboards, proved against the facts."""
