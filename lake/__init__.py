"""halles: an e-commerce lakehouse on plain Apache Spark."""

__version__ = "0.1.0"
