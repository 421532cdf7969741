"""Does it hold: rankings against what came next, and changes against what came without."""
