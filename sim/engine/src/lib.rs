//! What happens around CompuP2P nodes.
