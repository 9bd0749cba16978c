"""What the services need from the world, as protocols that adapters and fakes implement."""
