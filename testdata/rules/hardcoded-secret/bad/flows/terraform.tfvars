handed_in = "Velvet-Marlin-83" # expect: KW101
