"""What commands show: tables, a sweep while it runs and when it is over, and a fault."""
