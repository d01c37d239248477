"""The network: NanoDet-Plus-m with a ShuffleNetV2 1.0x backbone, a Ghost-PAN neck and four light heads, and beside
each of these a lighter one that only knows packages.

Architecture: Ma et al., "ShuffleNet V2" (2018, arXiv:1807.11164); Han et al., "GhostNet" (2020, arXiv:1911.11907);
Li et al., "Generalized Focal Loss" (2020, arXiv:2006.04388); RangiLyu/nanodet (Apache-2.0).

Batch normalisation is already folded into the published weights that training starts from, so there is none here.
"""

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = ("person", "cat", "dog", "package")
#: The classes that the published network knows too.
KNOWN = CLASSES[:3]
LABELS = {"PERSON": ("person",), "PET": ("cat", "dog"), "PACKAGE": ("package",)}
STRIDES = (8, 16, 32, 64)
#: A side of a box is a distribution over the distances 0...REG_MAX, in strides.
REG_MAX = 7
#: Columns of a box.
BOX = 4 * (REG_MAX + 1)
#: An input has at most so many pixels, and sides that are multiples of this.
INPUT_PIXELS, INPUT_MULTIPLE = 416 * 320, 32
#: Blue, green, red; samples 0...255.
MEAN = (103.53, 116.28, 123.675)
STD = (57.375, 57.12, 58.395)


class Conv(nn.Module):
    """A convolution with bias whose output channels have a fixed scale: effective weight = scale * weight.

    Folding batch normalisation left channels of very different size behind; with the scale taken out an optimiser
    step is the same relative step for each of them.
    """

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1, activated=True):
        super().__init__()
        self.stride, self.groups, self.padding, self.activated = stride, groups, kernel // 2, activated
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("scale", torch.ones(outputs))
        nn.init.kaiming_normal_(self.weight, nonlinearity="leaky_relu", a=0.1)

    def folded(self):
        """Weight and bias as a plain convolution has them."""
        return self.weight * self.scale[:, None, None, None], self.bias * self.scale

    @torch.no_grad()
    def unfold(self, weight, bias):
        """Takes a plain convolution's weight and bias."""
        rms = weight.pow(2).mean(dim=(1, 2, 3)).sqrt()
        self.scale.copy_((rms * weight[0].numel() ** 0.5).clamp(min=1e-3))
        self.weight.copy_(weight / self.scale[:, None, None, None])
        self.bias.copy_(bias / self.scale)

    def forward(self, x):
        weight, bias = self.folded()
        x = F.conv2d(x, weight, bias, self.stride, self.padding, groups=self.groups)
        return F.leaky_relu(x, 0.1, inplace=True) if self.activated else x


class Separable(nn.Sequential):
    """A depthwise convolution of 5x5 and a pointwise one, each activated."""

    def __init__(self, channels, stride=1, outputs=None):
        super().__init__(
            Conv(channels, channels, 5, stride, groups=channels), Conv(channels, outputs or channels, 1))


class ShuffleUnit(nn.Module):
    """A ShuffleNetV2 unit; the first of a stage halves the picture and sees all channels on both branches."""

    def __init__(self, inputs, outputs, first):
        super().__init__()
        self.half = half = outputs // 2
        self.first = first
        if first:
            self.left_depthwise = Conv(inputs, inputs, 3, 2, groups=inputs, activated=False)
            self.left = Conv(inputs, half, 1)
        self.reduce = Conv(inputs if first else half, half, 1)
        self.depthwise = Conv(half, half, 3, 2 if first else 1, groups=half, activated=False)
        self.right = Conv(half, half, 1)
        # Left and right channels in turn; as a list of channels it holds for pictures of any shape.
        self.register_buffer("order", torch.arange(outputs).reshape(2, half).T.reshape(-1), persistent=False)

    def forward(self, x):
        if self.first:
            left = self.left_depthwise(x)
            right = self.depthwise(self.reduce(x))
            left = self.left(left)
        else:
            left = x[:, : self.half]
            right = self.depthwise(self.reduce(x[:, self.half :]))
        right = self.right(right)
        together = torch.cat((left, right), dim=1)
        return together.index_select(1, self.order)


class GhostModule(nn.Module):
    """Half of the channels by a pointwise convolution, the other half from these by a cheap depthwise one."""

    def __init__(self, inputs, outputs, activated):
        super().__init__()
        half = outputs // 2
        self.primary = Conv(inputs, half, 1, activated=activated)
        self.cheap = Conv(half, half, 3, groups=half, activated=activated)

    def forward(self, x):
        x = self.primary(x)
        return torch.cat((x, self.cheap(x)), dim=1)


class GhostBlock(nn.Module):
    """Two ghost modules beside a separable shortcut."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.expand = GhostModule(inputs, outputs, activated=True)
        self.project = GhostModule(outputs, outputs, activated=False)
        self.shortcut_depthwise = Conv(inputs, inputs, 5, groups=inputs, activated=False)
        self.shortcut = Conv(inputs, outputs, 1, activated=False)

    def forward(self, x):
        return self.project(self.expand(x)) + self.shortcut(self.shortcut_depthwise(x))


class Detector(nn.Module):
    """Pictures `[n, 3, height, width]` (multiples of 32), normalised, blue first, to `[n, points, classes + BOX]` logits.

    Points run over the levels of `STRIDES`, row by row. People, cats, dogs and all boxes are those of the published
    network's towers. The score of a package is a sum: one row on the same towers, and one behind a tower of its own, so
    that learning packages takes nothing from the other classes.
    """

    def __init__(self, channels=96):
        super().__init__()
        self.stem = Conv(3, 24, 3, 2)
        self.stages = nn.ModuleList()
        inputs = 24
        for outputs, units in ((116, 4), (232, 8), (464, 4)):
            self.stages.append(
                nn.Sequential(*(ShuffleUnit(inputs if i == 0 else outputs, outputs, i == 0) for i in range(units))))
            inputs = outputs
        self.laterals = nn.ModuleList(Conv(c, channels, 1) for c in (116, 232, 464))
        self.down = nn.ModuleList(Separable(channels, 2) for _ in range(2))
        self.top_down = nn.ModuleList(GhostBlock(2 * channels, channels) for _ in range(2))
        self.bottom_up = nn.ModuleList(GhostBlock(2 * channels, channels) for _ in range(2))
        self.extra = nn.ModuleList(Separable(channels, 2) for _ in range(2))
        self.towers = nn.ModuleList(nn.Sequential(Separable(channels), Separable(channels)) for _ in STRIDES)
        self.outputs = nn.ModuleList(Conv(channels, self.columns, 1, activated=False) for _ in STRIDES)
        self.package_towers = nn.ModuleList(Separable(channels) for _ in STRIDES)
        self.package_outputs = nn.ModuleList(Conv(channels, 1, 1, activated=False) for _ in STRIDES)

    @property
    def columns(self):
        return len(CLASSES) + BOX

    def features(self, x):
        x = F.max_pool2d(self.stem(x), 3, 2, 1)
        c3 = self.stages[0](x)
        c4 = self.stages[1](c3)
        c5 = self.stages[2](c4)
        l5 = self.laterals[2](c5)
        l4 = self.laterals[1](c4)
        t4 = self.top_down[0](torch.cat((enlarged(l5), l4), dim=1))
        l3 = self.laterals[0](c3)
        p3 = self.top_down[1](torch.cat((enlarged(t4), l3), dim=1))
        p4 = self.bottom_up[0](torch.cat((self.down[0](p3), t4), dim=1))
        p5 = self.bottom_up[1](torch.cat((self.down[1](p4), l5), dim=1))
        p6 = self.extra[0](l5) + self.extra[1](p5)
        return p3, p4, p5, p6

    def forward(self, x):
        return self.head(self.features(x))

    def head(self, features):
        begun = [tower[0](p) for tower, p in zip(self.towers, features)]
        # The published file has the levels from the last to the first here.
        ended = [out(tower[1](p)) for out, tower, p in reversed(list(zip(self.outputs, self.towers, begun)))]
        levels, known = [], len(KNOWN)
        for level, tower, out, p in zip(reversed(ended), self.package_towers, self.package_outputs, features):
            package = level[:, known : known + 1] + out(tower(p))
            levels.append(flat(torch.cat((level[:, :known], package, level[:, known + 1 :]), dim=1)))
        return torch.cat(levels, dim=2).transpose(1, 2)

    def last_inputs(self, features):
        """What the last convolutions are given, `[n, points, 96]` both: the ends of the published and of the package
        towers."""
        ended = [flat(tower(p)) for tower, p in zip(self.towers, features)]
        own = [flat(tower(p)) for tower, p in zip(self.package_towers, features)]
        return tuple(torch.cat(levels, dim=2).transpose(1, 2) for levels in (ended, own))

    def published_order(self):
        """The convolutions in the order in which the published ONNX file of NanoDet-Plus-m has them; `forward` has
        the same, and so have our own files."""
        yield self.stem
        for stage in self.stages:
            for unit in stage:
                if unit.first:
                    yield from (unit.left_depthwise, unit.reduce, unit.depthwise, unit.left, unit.right)
                else:
                    yield from (unit.reduce, unit.depthwise, unit.right)
        yield from (self.laterals[2], self.laterals[1])
        yield from ghost_order(self.top_down[0])
        yield self.laterals[0]
        yield from ghost_order(self.top_down[1])
        for down, block in zip(self.down, self.bottom_up):
            yield from down
            yield from ghost_order(block)
        for part in (*self.extra, *(tower[0] for tower in self.towers)):
            yield from part
        for tower, out in reversed(list(zip(self.towers, self.outputs))):
            yield from tower[1]
            yield out

    def package_order(self):
        """The convolutions that only our own files have, which follow there."""
        for tower, out in zip(self.package_towers, self.package_outputs):
            yield from tower
            yield out


def flat(level):
    """`[n, channels, rows, columns]` to `[n, channels, cells]`; in an export the number of cells stays open."""
    return level.reshape(int(level.shape[0]), int(level.shape[1]), -1)


def ghost_order(block):
    for module in (block.expand, block.project):
        yield from (module.primary, module.cheap)
    yield from (block.shortcut_depthwise, block.shortcut)


def enlarged(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def points(height, width, device=None):
    """Where the points lie: centres `[points, 2]` (x, y) in pixels and strides `[points]`."""
    centres, strides = [], []
    for stride in STRIDES:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        centres.append(torch.stack((x, y), dim=-1).reshape(-1, 2) * float(stride))
        strides.append(torch.full((rows * columns,), float(stride)))
    return torch.cat(centres).to(device), torch.cat(strides).to(device)


def boxes(distributions, centres, strides):
    """Logits `[..., points, BOX]` to corners `[..., points, 4]` in pixels."""
    shape = distributions.shape[:-1]
    steps = torch.arange(REG_MAX + 1, dtype=distributions.dtype, device=distributions.device)
    distances = distributions.reshape(*shape, 4, REG_MAX + 1).softmax(dim=-1) @ steps
    distances = distances * strides[:, None]
    return torch.cat((centres - distances[..., :2], centres + distances[..., 2:]), dim=-1)
