//! Starts gateways, drives them through the lab, reads what they said about it, and compares.
