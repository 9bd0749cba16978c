"""What each function on Lambda is made of: the table of the stack, secrets in Secrets Manager, logs in CloudWatch."""
