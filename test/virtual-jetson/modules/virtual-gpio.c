// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The Nano's GPIO chip for the virtual Jetson: label tegra-gpio, lines numbered from 0 as there, edges by interrupt. What is
 * outside of the pins is played in debugfs: "LINE LEVEL" written to virtual-gpio/drive sets what an input sees, and
 * virtual-gpio/lines lists "LINE in|out LEVEL SINCE_NS" for each line that somebody uses or drives; since when an output is at its
 * level, by CLOCK_MONOTONIC, so that a test need not ask the program it tests.
 */
#include <linux/bitmap.h>
#include <linux/debugfs.h>
#include <linux/gpio/driver.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#define LINES 256

static int base;
module_param(base, int, 0444);
MODULE_PARM_DESC(base, "number of the first line; 0 as on the Nano, -1 for one that the kernel chooses");

static DECLARE_BITMAP(is_output, LINES);
static DECLARE_BITMAP(output_level, LINES);
static DECLARE_BITMAP(outer_level, LINES);
static DECLARE_BITMAP(is_touched, LINES);
static DECLARE_BITMAP(is_unmasked, LINES);
static u8 edges[LINES];
static u64 driven_since_ns[LINES];
static DEFINE_SPINLOCK(lines_lock);

static int get_direction(struct gpio_chip *chip, unsigned int line)
{
	return test_bit(line, is_output) ? GPIO_LINE_DIRECTION_OUT : GPIO_LINE_DIRECTION_IN;
}

static int direction_input(struct gpio_chip *chip, unsigned int line)
{
	clear_bit(line, is_output);
	set_bit(line, is_touched);
	return 0;
}

static int get_level(struct gpio_chip *chip, unsigned int line)
{
	return test_bit(line, test_bit(line, is_output) ? output_level : outer_level);
}

static void set_level(struct gpio_chip *chip, unsigned int line, int level)
{
	if (test_bit(line, output_level) != !!level)
		driven_since_ns[line] = ktime_get_ns();
	assign_bit(line, output_level, level);
	set_bit(line, is_touched);
}

static int direction_output(struct gpio_chip *chip, unsigned int line, int level)
{
	set_level(chip, line, level);
	if (!test_and_set_bit(line, is_output))
		driven_since_ns[line] = ktime_get_ns();
	return 0;
}

static void mask(struct irq_data *data)
{
	clear_bit(irqd_to_hwirq(data), is_unmasked);
	gpiochip_disable_irq(irq_data_get_irq_chip_data(data), irqd_to_hwirq(data));
}

static void unmask(struct irq_data *data)
{
	gpiochip_enable_irq(irq_data_get_irq_chip_data(data), irqd_to_hwirq(data));
	set_bit(irqd_to_hwirq(data), is_unmasked);
}

static int set_type(struct irq_data *data, unsigned int type)
{
	if (type & ~IRQ_TYPE_EDGE_BOTH)
		return -EINVAL;
	edges[irqd_to_hwirq(data)] = type;
	return 0;
}

static const struct irq_chip irq_lines = {
	.name = "virtual-gpio",
	.irq_mask = mask,
	.irq_unmask = unmask,
	.irq_set_type = set_type,
	.flags = IRQCHIP_IMMUTABLE,
	GPIOCHIP_IRQ_RESOURCE_HELPERS,
};

static struct gpio_chip gpio = {
	.label = "tegra-gpio",
	.owner = THIS_MODULE,
	.ngpio = LINES,
	.get_direction = get_direction,
	.direction_input = direction_input,
	.direction_output = direction_output,
	.get = get_level,
	.set = set_level,
};

static ssize_t drive(struct file *file, const char __user *user, size_t length, loff_t *position)
{
	char text[32] = {};
	unsigned int line, level;
	bool was, rings;

	if (length >= sizeof(text) || copy_from_user(text, user, length))
		return -EINVAL;
	if (sscanf(text, "%u %u", &line, &level) != 2 || line >= LINES || level > 1)
		return -EINVAL;
	spin_lock(&lines_lock);
	was = test_bit(line, outer_level);
	assign_bit(line, outer_level, level);
	set_bit(line, is_touched);
	rings = was != level && test_bit(line, is_unmasked) &&
		edges[line] & (level ? IRQ_TYPE_EDGE_RISING : IRQ_TYPE_EDGE_FALLING);
	spin_unlock(&lines_lock);
	if (rings)
		generic_handle_domain_irq_safe(gpio.irq.domain, line);
	return length;
}

static int lines_show(struct seq_file *file, void *unused)
{
	unsigned int line;

	for_each_set_bit(line, is_touched, LINES)
		seq_printf(file, "%u %s %d %llu\n", line, test_bit(line, is_output) ? "out" : "in",
			   get_level(&gpio, line), driven_since_ns[line]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lines);

static const struct file_operations drive_file = { .owner = THIS_MODULE, .write = drive };
static struct platform_device *device;
static struct dentry *folder;

static int __init virtual_gpio_init(void)
{
	int failed;

	device = platform_device_register_simple("virtual-gpio", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	gpio.parent = &device->dev;
	gpio.base = base;
	gpio_irq_chip_set_chip(&gpio.irq, &irq_lines);
	gpio.irq.handler = handle_simple_irq;
	gpio.irq.default_type = IRQ_TYPE_NONE;
	failed = gpiochip_add_data(&gpio, NULL);
	if (failed) {
		platform_device_unregister(device);
		return failed;
	}
	folder = debugfs_create_dir("virtual-gpio", NULL);
	debugfs_create_file("drive", 0200, folder, NULL, &drive_file);
	debugfs_create_file("lines", 0400, folder, NULL, &lines_fops);
	return 0;
}

static void __exit virtual_gpio_exit(void)
{
	debugfs_remove(folder);
	gpiochip_remove(&gpio);
	platform_device_unregister(device);
}

module_init(virtual_gpio_init);
module_exit(virtual_gpio_exit);
MODULE_DESCRIPTION("The GPIO lines of a Jetson Nano, for tests");
MODULE_LICENSE("Dual MIT/GPL");
