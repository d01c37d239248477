/// When pictures that are not whole are used all the same. A camera that sends a damaged one now and then loses it: a part of
/// it would look like something that moves. One that sends hardly anything else is better seen in part than not at all, as
/// other programs see it: after `patience` damaged ones without a whole one between them they are lent, until
/// `wholeAgain` whole ones have come in a row. Of video a lost picture damages all up to the next key frame, which most
/// cameras send within two seconds: its patience is longer. A new opening changes nothing: it is the camera's habit.
struct DamageTolerance {
    private var damaged = 0
    private var whole = 0
    private(set) var isTolerant = false

    /// After so many of them.
    var patience = usual

    static let usual = 3
    static let wholeAgain = 100

    mutating func sawWhole() {
        damaged = 0
        whole += isTolerant ? 1 : 0
        if whole >= Self.wholeAgain { self = DamageTolerance(patience: patience) }
    }

    /// Whole ones will not come soon.
    mutating func giveIn() {
        whole = 0
        isTolerant = true
    }

    mutating func sawDamaged() {
        whole = 0
        damaged = min(damaged + 1, patience)
        if damaged == patience { isTolerant = true }
    }
}
