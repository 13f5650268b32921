"""From parameter and scenario files to a frozen specification."""
