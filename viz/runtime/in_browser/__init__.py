"""Say what a browser launches to run a program on its own GPU, and judge what it computed."""
