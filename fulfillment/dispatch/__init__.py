"""Steps to be done, kept as rows: the row is the job, the message a hint."""
