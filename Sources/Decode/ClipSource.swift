import Base

/// A clip, decoded picture by picture.
final class ClipSource: MediaSource {
    private let path: String
    private let demuxer: DemuxerHandle
    private let decoder: DecoderHandle
    private let packet: PacketHandle
    private let picture: PictureHandle
    private var scaler: ScalerHandle
    private var clock: ClipClock
    private var isAtEnd = false
    private(set) var corrupt: UInt64 = 0
    private(set) var lastDamage: DecodeError?
    private var damagedInARow = 0

    /// A file that is damaged so often without a picture between has nothing more to give.
    private static let toleratedDamage = 1000

    init(path: String, demuxer name: String) throws(DecodeError) {
        self.path = path
        demuxer = try DemuxerHandle.opening(path, demuxer: name)
        guard demuxer.pixels <= PictureLimit.file else {
            throw .tooLarge(what: path, pixels: demuxer.pixels, most: PictureLimit.file)
        }
        decoder = try demuxer.decoder(for: path, mostPixels: PictureLimit.file)
        packet = try .allocating()
        picture = try .allocating()
        scaler = try .allocating()
        clock = ClipClock(unit: demuxer.timeUnit, interval: demuxer.pictureInterval)
    }

    var upright: Upright { Upright(turn: demuxer.uprightTurn) }
    var currentFile: String? { nil }

    func advance() throws(DecodeError) -> Duration? {
        picture.clear()
        while damagedInARow < Self.toleratedDamage {
            do throws(DecodeError) {
                switch try decoder.receive(into: picture) {
                case .picture:
                    let time = clock.time(of: picture.timestamp)
                    if picture.isDamaged { throw .corrupt("parts of the picture are missing") }
                    damagedInARow = 0
                    return time
                case .needsInput: try feed()
                case .drained: return nil
                }
            } catch {
                try noteUnusable(error)
            }
        }
        return nil
    }

    /// Gives the decoder its next packet, or tells it the end.
    private func feed() throws(DecodeError) {
        if isAtEnd { return try decoder.sendEnd() }
        switch demuxer.read(into: packet) {
        case .packet: try decoder.send(packet)
        case .otherStream: break
        case .end:
            isAtEnd = true
            try decoder.sendEnd()
        case .damaged(let reason): throw .corrupt(reason)
        }
    }

    func view() throws(DecodeError) -> PictureView {
        if let view = try picture.view() { return view }
        return try scaler.rgbView(of: picture)
    }

    func noteUnusable(_ error: DecodeError) throws(DecodeError) {
        guard case .corrupt = error else { throw error }
        corrupt += 1
        damagedInARow += 1
        lastDamage = error
    }

    func rewind() throws(DecodeError) {
        try demuxer.rewind()
        decoder.flush()
        clock = ClipClock(unit: demuxer.timeUnit, interval: demuxer.pictureInterval)
        isAtEnd = false
        damagedInARow = 0
    }
}

/// Makes times that start at 0 and never go back of a clip's time stamps.
struct ClipClock {
    /// Seconds per unit of a stamp.
    let unit: Double
    /// Where a stamp is missing or makes no sense, the next picture comes after this.
    let interval: Duration

    private var first: Int64?
    /// Cut out of the clip so far.
    private var cut: Double = 0
    private var last: Duration?

    /// A longer pause is a broken stamp or nothing to watch; it is cut to `interval`.
    private static let longestPause = 10.0

    init(unit: Double, interval: Duration) {
        self.unit = unit
        self.interval = interval
    }

    mutating func time(of stamp: Int64?) -> Duration {
        let time = nextTime(stamp)
        last = time
        return time
    }

    private mutating func nextTime(_ stamp: Int64?) -> Duration {
        guard let last else {
            first = stamp
            return .zero
        }
        guard let stamp, unit > 0 else { return last + interval }
        let first = self.first ?? stamp
        self.first = first
        let seconds = (Double(stamp) - Double(first)) * unit - cut
        let step = seconds - last.inSeconds
        if step <= 0 { return last }
        guard step <= Self.longestPause else {
            cut += step - interval.inSeconds
            return last + interval
        }
        // Whole microseconds: 1.1 in binary would be a hair less.
        return .microseconds(Int64((seconds * 1e6).rounded()))
    }
}
