// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * An I2C bus with the chips of a small car, for the virtual Jetson. A program sees it as /dev/i2c-N and cannot tell it from
 * an adapter with wires, except that the chips are register memory:
 *
 *   0x40, 0x60  PCA9685: auto-increment only while MODE1.AI is set, PRE_SCALE only writable while asleep, ALL_LED
 *               registers write all sixteen channels (NXP PCA9685 datasheet, 7.3)
 *   0x41        INA219: sixteen-bit registers, high byte first
 *   0x3c, 0x50, 0x68  256 plain byte registers, counting on
 *
 * Every write is kept with its CLOCK_MONOTONIC time in debugfs virtual-i2c/writes, one line "ns address register bytes...",
 * so that a test measures when the last driven pulse ended without asking the program it tests. Each write is told once: who
 * reads the file takes them.
 *
 * Faults at run time, by parameters: fail_errno (with fail_address, 0 for every chip), and hang, which holds every
 * transfer until it is cleared, as a bus does whose data line is held low.
 */
#include <linux/debugfs.h>
#include <linux/i2c.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/wait.h>

#define REGISTERS 256
#define KEPT_WRITES 65536
#define KEPT_BYTES 36

#define PCA9685_MODE1 0x00
#define PCA9685_MODE1_SLEEP 0x10
#define PCA9685_MODE1_AUTO_INCREMENT 0x20
#define PCA9685_MODE1_RESTART 0x80
#define PCA9685_FIRST_LED 0x06
#define PCA9685_ALL_LED 0xfa
#define PCA9685_PRE_SCALE 0xfe
#define PCA9685_CHANNELS 16

enum chip_kind { PLAIN_BYTES, WORDS, PCA9685 };

struct chip {
	u16 address;
	enum chip_kind kind;
	u8 pointer;
	bool low_byte;
	u16 registers[REGISTERS];
};

static struct chip chips[] = {
	{ .address = 0x3c, .kind = PLAIN_BYTES },
	{ .address = 0x40, .kind = PCA9685 },
	{ .address = 0x41, .kind = WORDS },
	{ .address = 0x50, .kind = PLAIN_BYTES },
	{ .address = 0x60, .kind = PCA9685 },
	{ .address = 0x68, .kind = PLAIN_BYTES },
};

struct kept_write {
	u64 at_ns;
	u16 address;
	u8 first_register;
	u8 length;
	u8 bytes[KEPT_BYTES];
};

static struct kept_write *kept;
static unsigned int kept_count;
/* Guards the chips and what is kept. */
static DEFINE_MUTEX(chips_lock);
static DECLARE_WAIT_QUEUE_HEAD(unhung);

static int bus = 1;
module_param(bus, int, 0444);
MODULE_PARM_DESC(bus, "number of the bus; the Nano's header has 1");
static int fail_errno;
module_param(fail_errno, int, 0644);
static int fail_address;
module_param(fail_address, int, 0644);
static bool hang;

static int set_hang(const char *value, const struct kernel_param *param)
{
	int failed = param_set_bool(value, param);

	wake_up_all(&unhung);
	return failed;
}

static const struct kernel_param_ops hang_ops = { .set = set_hang, .get = param_get_bool };
module_param_cb(hang, &hang_ops, &hang, 0644);

static struct chip *chip_at(u16 address)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(chips); i++)
		if (chips[i].address == address)
			return &chips[i];
	return NULL;
}

static void power_on(struct chip *chip)
{
	int channel;

	memset(chip->registers, 0, sizeof(chip->registers));
	chip->pointer = 0;
	if (chip->kind != PCA9685)
		return;
	/* Asleep, answering All-Call, 200 Hz, every output full off (datasheet, tables 4 and 7). */
	chip->registers[PCA9685_MODE1] = 0x11;
	chip->registers[0x01] = 0x04;
	chip->registers[PCA9685_PRE_SCALE] = 0x1e;
	for (channel = 0; channel < PCA9685_CHANNELS; channel++)
		chip->registers[PCA9685_FIRST_LED + 4 * channel + 3] = 0x10;
}

static void write_pca9685(struct chip *chip, u8 reg, u8 value)
{
	int channel;

	if (reg == PCA9685_PRE_SCALE && !(chip->registers[PCA9685_MODE1] & PCA9685_MODE1_SLEEP))
		return;
	if (reg >= PCA9685_ALL_LED && reg < PCA9685_PRE_SCALE) {
		for (channel = 0; channel < PCA9685_CHANNELS; channel++)
			chip->registers[PCA9685_FIRST_LED + 4 * channel + reg - PCA9685_ALL_LED] = value;
		return;
	}
	/* RESTART is cleared by writing 1 to it; nothing was running before sleep that would have set it. */
	chip->registers[reg] = reg == PCA9685_MODE1 ? value & ~PCA9685_MODE1_RESTART : value;
}

static void advance(struct chip *chip)
{
	if (chip->kind != PCA9685 || chip->registers[PCA9685_MODE1] & PCA9685_MODE1_AUTO_INCREMENT)
		chip->pointer++;
}

static void write_byte(struct chip *chip, u8 value)
{
	u16 *word = &chip->registers[chip->pointer];

	switch (chip->kind) {
	case PCA9685:
		write_pca9685(chip, chip->pointer, value);
		advance(chip);
		break;
	case PLAIN_BYTES:
		*word = value;
		advance(chip);
		break;
	case WORDS:
		*word = chip->low_byte ? (*word & 0xff00) | value : (*word & 0x00ff) | value << 8;
		chip->low_byte = !chip->low_byte;
		break;
	}
}

static u8 read_byte(struct chip *chip)
{
	u16 word = chip->registers[chip->pointer];

	if (chip->kind == WORDS) {
		chip->low_byte = !chip->low_byte;
		return chip->low_byte ? word >> 8 : word;
	}
	advance(chip);
	return word;
}

static void keep(const struct chip *chip, const struct i2c_msg *msg)
{
	struct kept_write *entry = &kept[kept_count % KEPT_WRITES];

	entry->at_ns = ktime_get_ns();
	entry->address = chip->address;
	entry->first_register = msg->buf[0];
	entry->length = min_t(int, msg->len - 1, KEPT_BYTES);
	memcpy(entry->bytes, msg->buf + 1, entry->length);
	kept_count++;
}

static int transfer(struct i2c_msg *msg)
{
	struct chip *chip = chip_at(msg->addr);
	int i;

	if (fail_errno && (!fail_address || fail_address == msg->addr))
		return -fail_errno;
	if (!chip)
		return -ENXIO; /* nobody acknowledges the address */
	chip->low_byte = false;
	if (msg->flags & I2C_M_RD) {
		for (i = 0; i < msg->len; i++)
			msg->buf[i] = read_byte(chip);
		return 0;
	}
	if (msg->len == 0)
		return 0;
	chip->pointer = msg->buf[0];
	for (i = 1; i < msg->len; i++)
		write_byte(chip, msg->buf[i]);
	if (msg->len > 1)
		keep(chip, msg);
	return 0;
}

static int master_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, int count)
{
	int i, failed = wait_event_killable(unhung, !hang);

	mutex_lock(&chips_lock);
	for (i = 0; i < count && !failed; i++)
		failed = transfer(&msgs[i]);
	mutex_unlock(&chips_lock);
	return failed ? failed : count;
}

static u32 functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm algorithm = {
	.master_xfer = master_transfer,
	.functionality = functionality,
};

static struct i2c_adapter adapter = {
	.owner = THIS_MODULE,
	.name = "virtual-i2c",
	.algo = &algorithm,
};

static int show_writes(struct seq_file *file, void *unused)
{
	unsigned int i, first, j;

	mutex_lock(&chips_lock);
	first = kept_count > KEPT_WRITES ? kept_count - KEPT_WRITES : 0;
	for (i = first; i < kept_count; i++) {
		const struct kept_write *entry = &kept[i % KEPT_WRITES];

		seq_printf(file, "%llu %u %u", entry->at_ns, entry->address, entry->first_register);
		for (j = 0; j < entry->length; j++)
			seq_printf(file, " %u", entry->bytes[j]);
		seq_putc(file, '\n');
	}
	/* A buffer that was too small is made larger, and this called again. */
	if (!seq_has_overflowed(file))
		kept_count = 0;
	mutex_unlock(&chips_lock);
	return 0;
}

static int open_writes(struct inode *inode, struct file *file)
{
	return single_open(file, show_writes, NULL);
}

/* Off and on again: what a brown-out does to the chips. */
static ssize_t cycle_power(struct file *file, const char __user *text, size_t length, loff_t *position)
{
	size_t i;

	mutex_lock(&chips_lock);
	for (i = 0; i < ARRAY_SIZE(chips); i++)
		power_on(&chips[i]);
	mutex_unlock(&chips_lock);
	return length;
}

static const struct file_operations writes_file = {
	.owner = THIS_MODULE, .open = open_writes, .read = seq_read, .llseek = seq_lseek, .release = single_release,
};
static const struct file_operations power_cycle_file = { .owner = THIS_MODULE, .write = cycle_power };

static struct dentry *folder;

static int __init virtual_i2c_init(void)
{
	size_t i;
	int failed;

	kept = kvcalloc(KEPT_WRITES, sizeof(*kept), GFP_KERNEL);
	if (!kept)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(chips); i++)
		power_on(&chips[i]);
	adapter.nr = bus;
	failed = i2c_add_numbered_adapter(&adapter);
	if (failed) {
		kvfree(kept);
		return failed;
	}
	folder = debugfs_create_dir("virtual-i2c", NULL);
	debugfs_create_file("writes", 0400, folder, NULL, &writes_file);
	debugfs_create_file("power-cycle", 0200, folder, NULL, &power_cycle_file);
	return 0;
}

static void __exit virtual_i2c_exit(void)
{
	debugfs_remove(folder);
	i2c_del_adapter(&adapter);
	kvfree(kept);
}

module_init(virtual_i2c_init);
module_exit(virtual_i2c_exit);
MODULE_DESCRIPTION("The I2C bus of a small car, for tests");
MODULE_LICENSE("Dual MIT/GPL");
