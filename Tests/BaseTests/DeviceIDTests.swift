import Base
import Testing

@Suite struct DeviceIDTests {
    @Test("a box keeps its name, two boxes have two, and the machine id stays unseen")
    func derived() {
        let id = "6f0a4b6c1d2e4f50a1b2c3d4e5f60718"
        let name = DeviceID.derived(fromMachineID: id + "\n")
        #expect(name == DeviceID.derived(fromMachineID: id))
        #expect(name != DeviceID.derived(fromMachineID: "7" + id.dropFirst()))
        #expect(name.hasPrefix("porchlight-") && name.utf8.count == 19)
        #expect(CameraName(name) != nil, "usable as a topic segment")
        #expect(!id.contains(name.suffix(8)))
    }

    @Test("an empty machine id still makes a valid name")
    func empty() { #expect(CameraName(DeviceID.derived(fromMachineID: "")) != nil) }
}
