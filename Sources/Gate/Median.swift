extension [Float] {
    /// The middle number (the upper one of two); the order changes. Nil when empty. No number may be NaN.
    /// Hoare's selection (CACM 4, 1961, algorithm 65): parts what is around the middle until only it is left.
    mutating func median() -> Float? {
        guard !isEmpty else { return nil }
        let middle = count / 2
        var (low, high) = (0, count - 1)
        while low < high {
            let pivot = self[middle]
            var (i, j) = (low, high)
            while i <= j {
                while self[i] < pivot { i += 1 }
                while pivot < self[j] { j -= 1 }
                guard i <= j else { break }
                swapAt(i, j)
                (i, j) = (i + 1, j - 1)
            }
            if j < middle { low = i }
            if middle < i { high = j }
        }
        return self[middle]
    }
}
