"""A phone that remembers what it was told."""

DOMAIN = "fake_phone"


async def async_setup(hass, config):
    hass.data[DOMAIN] = []

    async def remember(call):
        hass.data[DOMAIN].append(dict(call.data))

    hass.services.async_register("notify", "fake_phone", remember)
    return True
