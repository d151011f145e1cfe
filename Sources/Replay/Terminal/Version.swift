// The version of the program, which reports carry too.

/// The version that `replay --version` prints.
package let version = "0.2.0"
