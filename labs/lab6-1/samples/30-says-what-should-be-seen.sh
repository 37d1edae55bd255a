docker run --name test-data -it alpine:latest sh
echo "중요한 데이터"
echo "애플리케이션 로그"
exit
docker start -i test-data
echo "중요한 데이터"
cat <<END
애플리케이션 로그
END
echo "cat /tmp/important.txt /var/log/app.log"
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
echo "ls /tmp"
cd /var/log
exit
