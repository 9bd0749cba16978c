"""DynamoDB: one table, whose key shapes only `items` knows."""
