// An exchange is copied and compared millions of times in a proof, and most of it does not change
// from one fragment to the next. What changes rarely lies in boxes: a copy of the exchange shares
// them, and two exchanges that share a box need not compare its content. A box is still a value: it
// is copied when it is changed while another exchange shares it.

/// A value behind a reference that is shared until one of its owners changes it.
@propertyWrapper
struct CopyOnWrite<Value: Hashable & Sendable>: Hashable, Sendable {
  /// One element: arrays are shared, changed in place by a sole owner, and compared by identity
  /// first.
  private var storage: [Value]

  init(wrappedValue: Value) { storage = [wrappedValue] }

  var wrappedValue: Value {
    get { storage[0] }
    _modify { yield &storage[0] }
  }
}
