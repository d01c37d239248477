import NIOCore

/// Pieces of an answer, each made when the one before has been taken, so that a slow caller holds one and no more.
struct PiecesOnDemand: ~Copyable {
    private let wish: AsyncStream<Void>.Continuation
    private var made: AsyncStream<[UInt8]>.AsyncIterator
    private let maker: Task<Void, Never>

    /// - Parameter isOver: ends the making; what is made by then is the last piece.
    init(_ pieces: any AsyncSequence<[UInt8], Never> & Sendable, until isOver: EventLoopFuture<Void>) {
        let (wishes, wish) = AsyncStream.makeStream(of: Void.self)
        let (made, make) = AsyncStream.makeStream(of: [UInt8].self)
        // A task of its own, since whoever writes cannot be cancelled without breaking off the answer.
        let maker = Task {
            var iterator = pieces.makeAsyncIterator()
            for await _ in wishes {
                guard let piece = await iterator.next(isolation: nil) else { break }
                make.yield(piece)
            }
            make.finish()
        }
        isOver.whenComplete { _ in maker.cancel() }
        self.wish = wish
        self.made = made.makeAsyncIterator()
        self.maker = maker
    }

    deinit { maker.cancel() }

    /// Nil after the last one.
    mutating func next() async -> [UInt8]? {
        wish.yield()
        return await made.next(isolation: #isolation)
    }
}
