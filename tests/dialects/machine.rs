//! Kind J: limits of the machine.
