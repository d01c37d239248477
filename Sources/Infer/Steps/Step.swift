/// One piece of work of a pass, with all its addresses. Allocates nothing when it runs.
protocol Step: AnyObject {
    func run(_ workers: Workers)
}
