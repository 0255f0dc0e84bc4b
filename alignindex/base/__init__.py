"""What every room uses: errors, checks of arguments, files, intervals, and where the data lie."""
