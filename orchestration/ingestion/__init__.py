"""From landing files to raw tables, exactly once and with nothing lost."""
