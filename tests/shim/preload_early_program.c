extern int preload_early_result;

int main(void)
{
    return preload_early_result;
}
