"""What commands show: tables, styles, help, rows in other forms; what `rich` does not do."""
