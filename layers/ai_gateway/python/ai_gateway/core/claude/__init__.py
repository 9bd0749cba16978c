"""What Claude takes and gives at whichever host: its generations, its thinking, its sampling, its signatures."""
