"""The world behind the ports: providers over HTTP, DynamoDB, Secrets Manager, the clock."""
