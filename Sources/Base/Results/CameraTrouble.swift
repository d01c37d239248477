/// What is wrong with a camera, or with what it sees, in words with a remedy.
package struct CameraTrouble: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// No pictures come.
        case offline
        /// Most pictures are damaged.
        case damaged
        /// Pictures come much less often than the driver agreed to.
        case slow
        /// Pictures have another size than the owner set, or than the bus has room for.
        case wrongSize = "wrong_size"
        /// Every picture is the same one, bit for bit.
        case frozen
        /// The picture is black.
        case dark
        /// Something is in front of the lens: the picture has no detail.
        case covered
        /// Most of the picture is as bright as it can be.
        case overExposed = "over_exposed"
        /// Much of the detail that the scene usually has is gone.
        case blurred
        /// The camera looks at another scene than before.
        case moved
        /// Nobody is told of what it sees.
        case noProcessor = "no_processor"
    }

    package var kind: Kind
    package var words: String
    /// Since when; nil when nobody has noted it.
    package var since: MonotonicTime?

    package init(_ kind: Kind, _ words: String, since: MonotonicTime? = nil) {
        self.kind = kind
        self.words = words
        self.since = since
    }
}
