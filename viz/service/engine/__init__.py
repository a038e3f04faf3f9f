"""The process that knows TVM: it loads it once and forks a child for each job."""
