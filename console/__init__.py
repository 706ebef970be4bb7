"""Web pages for the staff of the one-stop shops, and the page of the web chat."""
