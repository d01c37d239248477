import Base
import Glibc
import Runtime
import Settings

/// Finds a format, size and rate that the driver accepts and starts the stream, from the best offer to the worst.
struct Negotiation {
    let device: any VideoDevice
    let settings: CameraSettings

    struct Running {
        let row: PixelFormatRow
        var format: CaptureFormat
        let ring: BufferRing
    }

    /// More would keep a thread busy with a hopeless bus for seconds.
    private static let mostTries = 6

    func start(buffers: Int) throws(CaptureError) -> Running {
        let capability = try capability()
        guard capability.canCapture, capability.canStream else {
            throw .notACamera(path: device.path, card: capability.card)
        }
        var tried: [String] = []
        let offers = try ask { () throws(SystemError) in try device.offers(wished: settings.size) }
        for choice in try choices(among: offers).prefix(Self.mostTries) {
            do throws(CaptureError) {
                if var running = try start(choice, capability, buffers: buffers) {
                    running.format.noRoomFor = tried
                    return running
                }
            } catch {
                // The bus has no room for this one: a leaner one may fit.
                guard case .noBandwidth = error else { throw error }
                tried.append("\(choice.offer.row.fourCC) \(choice.offer.size)")
            }
        }
        if !tried.isEmpty { throw .noBandwidth(path: device.path, tried: tried) }
        throw .formatRefused(
            path: device.path, wanted: "\(settings.format.rawValue) \(settings.size)",
            offered: offers.formats.map(\.fourCC))
    }

    private func capability() throws(CaptureError) -> DeviceCapability {
        do throws(SystemError) {
            return try device.capability()
        } catch {
            // The node of something else, or a plain file.
            if error.errno == ENOTTY || error.errno == EINVAL {
                throw .notACamera(path: device.path, card: "no video device")
            }
            throw CaptureError(error, path: device.path)
        }
    }

    /// The ranked offers; the first is what `porchlight cameras` shows. After it only leaner ones.
    private func choices(among offers: DeviceOffers) throws(CaptureError) -> [FormatChoice] {
        let ranked = FormatChoice.ranked(offers.understood, for: asked)
        guard let best = ranked.first else { throw Self.refusal(of: offers, settings.format, path: device.path) }
        let load = best.offer.row.load(at: best.offer.size, fps: Double(settings.fps))
        return [best]
            + ranked.dropFirst().filter { $0.offer.row.load(at: $0.offer.size, fps: Double(settings.fps)) < load }
    }

    /// Why nothing that a device offers can be used.
    static func refusal(of offers: DeviceOffers, _ wanted: CameraSettings.Format, path: String) -> CaptureError {
        let names = offers.formats.map(\.fourCC)
        if offers.isRawSensor { return .rawSensorOnly(path: path, offered: names) }
        if offers.understood.isEmpty { return .noKnownFormat(path: path, offered: names) }
        return .formatRefused(path: path, wanted: wanted.rawValue, offered: names)
    }

    private var asked: CaptureFormat.Asked {
        CaptureFormat.Asked(format: settings.format, size: settings.size, fps: settings.fps)
    }

    /// Nil when the driver answers with a format that nobody here understands.
    private func start(_ choice: FormatChoice, _ capability: DeviceCapability, buffers: Int) throws(CaptureError)
        -> Running?
    {
        let answer: DriverFormat
        do throws(SystemError) {
            answer = try device.setFormat(choice.offer.row.fourCC, choice.offer.size)
        } catch {
            // This format is not taken after all.
            if error.errno == EINVAL { return nil }
            throw CaptureError(error, path: device.path)
        }
        guard let row = PixelFormatTable.row(of: answer.fourCC) else { return nil }
        guard let size = PixelSize(width: answer.width, height: answer.height) else {
            throw .driverBroken(path: device.path, what: "answered with \(answer.width)x\(answer.height) pixels")
        }
        let rate = setRate()
        let ring = try BufferRing(device: device, wanted: buffers)
        let rowBytes = row.rowBytes(at: size)
        let format = CaptureFormat(
            fourCC: row.fourCC, size: size, stride: rowBytes == 0 ? 0 : max(rowBytes, answer.bytesPerLine),
            isFullRange: answer.isFullRange || row.route == .jpeg, fps: rate, buffers: ring.count,
            capability: capability, asked: asked)
        return Running(row: row, format: format, ring: ring)
    }

    /// Many drivers know no rates (ENOTTY) and refuse to be asked: then the camera runs as it likes.
    private func setRate() -> Double? { (try? device.setRate(settings.fps)) ?? nil }

    private func ask<R>(_ question: () throws(SystemError) -> R) throws(CaptureError) -> R {
        do throws(SystemError) {
            return try question()
        } catch {
            throw CaptureError(error, path: device.path)
        }
    }
}

/// Formats that come straight from a sensor and need demosaicing, exposure and white balance.
enum RawSensorFormat {
    /// V4L2's Bayer formats of 10, 12, 14 and 16 bits: `RG10`, `pBAA`, `BYR2`, … (`linux/videodev2.h`).
    static func isDeep(_ fourCC: FourCC) -> Bool {
        let text = fourCC.description
        return text == "BYR2"
            || [
                "BG1", "GB1", "BA1", "RG1", "GR1", "pBA", "pGA", "pgA", "pRA", "pBC", "pGC", "pgC", "pRC", "pBE", "pGE",
            ]
            .contains { text.hasPrefix($0) }
    }
}
