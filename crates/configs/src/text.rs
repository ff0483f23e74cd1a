//! Words, quotes, comments, durations and sizes as configurations write them.
