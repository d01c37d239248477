/// The order in which nodes can run. ONNX asks for it; some converters put their nodes at the end all the same, and other
/// programs sort what they read.
enum NodeOrder {
    /// Each node after those whose results it reads, else in the order of the file. Nodes in circles, and those behind them, stay
    /// at the end: whoever lowers them finds that their inputs are missing.
    static func sorted(_ nodes: [Node]) -> [Node] {
        var makers: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for name in node.outputs where !name.isEmpty { makers[name] = index }
        }
        let needs = nodes.map { node in Set(node.inputs.compactMap { makers[$0] }) }
        if needs.indices.allSatisfy({ index in needs[index].allSatisfy { $0 < index } }) { return nodes }
        var readers = [[Int]](repeating: [], count: nodes.count)
        for (index, list) in needs.enumerated() { for maker in list { readers[maker].append(index) } }
        var missing = needs.map(\.count)
        var order: [Int] = []
        var ready = Array(nodes.indices.filter { missing[$0] == 0 }.reversed())
        while let index = ready.popLast() {
            order.append(index)
            var freed: [Int] = []
            for reader in readers[index] {
                missing[reader] -= 1
                if missing[reader] == 0 { freed.append(reader) }
            }
            ready += freed.reversed()
        }
        let left = nodes.indices.filter { missing[$0] > 0 }
        return (order + left).map { nodes[$0] }
    }
}
