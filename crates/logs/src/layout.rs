//! Access-log layouts in the vendors' own notations, compiled to byte operations.
