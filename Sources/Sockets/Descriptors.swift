// How many descriptors this process may have open.

internal import SystemCalls

/// Raises the number of descriptors that this process may open to the system's hard limit. The
/// default is often 1,024, and a stream through the proxy takes two.
package func takeAllDescriptors() { raiseDescriptorLimit() }
