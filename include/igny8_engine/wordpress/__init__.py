"""Publishing to WordPress over its REST API: the client, and the discipline that never makes a second post."""
