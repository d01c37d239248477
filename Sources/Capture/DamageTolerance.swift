/// When pictures that are not whole are used all the same. A camera that sends a damaged one now and then loses it: a part of
/// it would look like something that moves. One that sends hardly anything else is better seen in part than not at all, as
/// other programs see it: after `patience` damaged ones without a whole one between them they are lent, until
/// `wholeAgain` whole ones have come in a row. A new opening changes nothing: it is the camera's habit.
struct DamageTolerance {
    private var damaged = 0
    private var whole = 0
    private(set) var isTolerant = false

    static let patience = 3
    static let wholeAgain = 100

    mutating func sawWhole() {
        damaged = 0
        whole += isTolerant ? 1 : 0
        if whole >= Self.wholeAgain { self = DamageTolerance() }
    }

    mutating func sawDamaged() {
        whole = 0
        damaged = min(damaged + 1, Self.patience)
        if damaged == Self.patience { isTolerant = true }
    }
}
