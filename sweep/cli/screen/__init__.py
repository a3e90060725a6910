"""What commands show: tables, a sweep while it runs and after its end, and a fault."""
