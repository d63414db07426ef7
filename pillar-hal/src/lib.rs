//! Implementations of the hardware abstraction layer.
