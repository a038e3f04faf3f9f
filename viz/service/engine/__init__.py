"""The process that has loaded TVM and forks a jailed child for each job."""
