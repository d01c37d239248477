import KernelTypes

/// `yes` where the condition is not 0, else `no`.
@safe final class SelectStep: Step {
    private let condition: MutablePlane
    private let yes: MutablePlane
    private let no: MutablePlane
    private let target: MutablePlane
    private let floats: Int

    init(condition: MutablePlane, yes: MutablePlane, no: MutablePlane, to target: MutablePlane, floats: Int) {
        unsafe self.condition = unsafe condition
        unsafe self.yes = unsafe yes
        unsafe self.no = unsafe no
        unsafe self.target = unsafe target
        self.floats = floats
    }

    func run(_ part: Part) {
        part.split(floats, grain: 64) { _, range in
            for index in range { unsafe target[index] = unsafe condition[index] != 0 ? yes[index] : no[index] }
        }
    }
}
