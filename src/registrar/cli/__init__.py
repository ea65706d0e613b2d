"""The command line: `registrar`."""

import os

# Read when gRPC is imported. Nothing here forks and goes on with gRPC: children are other programs,
# and for each of them gRPC would say on stderr that it does nothing.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
