// How many descriptors this process may have open.

internal import SystemCalls

/// Lets this process open as many descriptors as the system allows it at all. At first it is often
/// 1,024, and a stream through the proxy takes two.
package func takeAllDescriptors() { raiseDescriptorLimit() }
