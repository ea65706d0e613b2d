"""The contract on grpc.aio: thin servicers over the use cases."""
