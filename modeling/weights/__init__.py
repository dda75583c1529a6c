"""Reading and writing weights, whatever the file format."""
