"""Forms: made from the model, true to what is stored, with the row version inside."""
