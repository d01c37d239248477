/// A kind of work for the networks: a row of `WorkTable`.
package struct WorkKind: Sendable, Equatable {
    /// As `/metrics` and `debug dump` call it.
    package let name: String
    /// What the analysis does when it does it, as a noun: `a look at a single picture`.
    package let words: String
    /// Works that may wait; a further one is refused. Nil: one for each camera, and a newer one takes its place.
    package let capacity: Int?
    /// After so long nobody needs the answer any more: it is "too late". Nil: it is always worth doing.
    package let deadline: Duration?
    /// As many works of other kinds may be done while it waits; then it has its turn. At least 1.
    package let patience: Int

    package init(name: String, words: String, capacity: Int?, deadline: Duration?, patience: Int) {
        self.name = name
        self.words = words
        self.capacity = capacity
        self.deadline = deadline
        self.patience = patience
    }
}
