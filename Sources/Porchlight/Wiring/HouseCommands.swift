import Base
import Publish
import Rekognition

/// What somebody on the broker may ask: of processors and modes by the API's rules, of cameras by their background.
struct HouseCommands: CommandHandler {
    let api: RekognitionAPI
    let modes: ModeAPI
    let background: StationaryObjectStore

    func setSettings(of processor: String, json: [UInt8]) async -> [UInt8] {
        await api.setSettings(of: processor, json: json)
    }

    func setEnabled(of processor: String, _ isOn: Bool) async -> [UInt8] {
        await api.setEnabled(of: processor, isOn)
    }

    func forgetBackground(of camera: CameraName) async -> [UInt8] {
        guard let count = background.forget(camera) else {
            return Payloads.failure("ResourceNotFoundException", "there is no camera \"\(camera)\"").jsonBytes
        }
        background.save()
        return JSONValue.object(["ok": true, "forgotten": .integer(Int64(count))]).jsonBytes
    }

    func setMode(_ name: String?) async -> [UInt8] { await modes.setMode(name) }
}
