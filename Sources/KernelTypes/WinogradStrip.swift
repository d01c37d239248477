/// Which tiles of a 3 x 3 convolution with stride 1 are transformed together: some whole rows of tiles.
///
/// Winograd's F(2 x 2, 3 x 3), as Lavin and Gray describe it (https://arxiv.org/abs/1509.09308): a tile is 2 x 2 outputs and
/// the 4 x 4 inputs that they see. Transformed, a tile has 16 numbers in each channel, and each of these is a sum over the input
/// channels alone: 16 multiply-adds for four outputs instead of 36. Output pixel (0, 0) is the first of tile (0, 0); at odd
/// sides the last tiles stick out, and what sticks out is not written.
///
/// Transformed channels are planes with one float for each tile of the strip, `pitch` floats apart: those of the first of the 16
/// positions in a transformed tile (row by row), then those of the next.
package struct WinogradStrip: Sendable, Equatable {
    package static var positions: Int { 16 }

    /// 3 x 3, stride 1, dilation 1, pads not negative.
    package let window: Window
    /// Rows of tiles.
    package var firstRow: Int
    package var rows: Int
    package let pitch: Int

    /// - Parameter rows: the most that a strip has; later ones may have fewer.
    package init(_ window: Window, rows: Int) {
        self.window = window
        firstRow = 0
        self.rows = rows
        pitch = (rows * ((window.outputWidth + 1) / 2) + 15) / 16 * 16
    }

    /// Tiles of a row.
    package var columns: Int { (window.outputWidth + 1) / 2 }
    package var tiles: Int { rows * columns }

    /// Floats from one position to the next. A cache line more than the channels take: the planes of a channel would else lie at
    /// the same place of a cache's sets; and what is written behind the last tile, up to 15 floats, has room.
    package func positionFloats(_ channels: Int) -> Int { channels * pitch + 16 }

    /// Of a padded row of the input.
    package var lineFloats: Int { 2 * rowPitch + 32 }
    /// Of a row of tiles, as many floats as whole vectors have.
    package var rowPitch: Int { (columns + 15) / 16 * 16 }
    /// Scratch that `KernelTable.winogradInput` needs: a padded row, and each row of the input transformed along x.
    package var scratchFloats: Int { lineFloats + (2 * rows + 2) * 4 * rowPitch }
}
