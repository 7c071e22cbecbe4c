/* One I2C bus and files of sysfs as the neutraliser sees them. i2c-linux.c reaches real ones; testing/i2c-fake.c keeps both in files. */
#ifndef NEUTRALISER_BUS_H
#define NEUTRALISER_BUS_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0, or -1 with errno set. Every transfer ends within some 20 ms. */
int bus_open(unsigned number);
int bus_write(uint8_t address, uint8_t reg, const uint8_t *bytes, size_t length);
int bus_read(uint8_t address, uint8_t reg, uint8_t *byte);
/* Of a file that is there. */
int sysfs_write(const char *path, const char *text);
void bus_wait_ms(unsigned milliseconds);
/* Monotonic. */
uint64_t bus_now_ms(void);

#endif
